"""The steps from one schema to the next: modules `mNNNN_name.py`, each with `STEPS` (SQL) per engine.

A step, once released, is never changed; the models in `schema.py` show where all of them lead.
"""
