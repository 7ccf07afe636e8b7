"""The marks by which mail clients set a quotation, a forward or a signature apart, in many languages."""
