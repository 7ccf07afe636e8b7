"""Reading and writing mail: pure functions that know no ticket, no clock and no network."""
