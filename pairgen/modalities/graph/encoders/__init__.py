"""Graph encoders by name: `pairgen.create_encoder("graph", "gin", in_features=7)` returns a `GraphEncoder`."""

import pairgen.modalities.graph.io.pyg  # noqa: F401 - imports PyG before the layers do, without torch's warning
