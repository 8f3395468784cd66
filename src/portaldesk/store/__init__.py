"""The store: tables, engine, seals, the record. Nothing here knows a rule of the gate."""
