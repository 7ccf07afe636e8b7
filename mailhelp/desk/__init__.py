"""The desk's decisions: pure functions over what is known, without I/O and without a clock."""
