"""Graph encoders by name: `pairgen.create_encoder("graph", "gin", in_features=7)` returns a `GraphEncoder`."""
