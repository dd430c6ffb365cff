"""Time-series encoders by name: `pairgen.create_encoder("timeseries", "dilated-cnn", in_channels=3)`.

Each takes views as recipes finish them, `PaddedBatch` of (B, T, C), or a tensor (B, T, C) or (B, T) without padding, with
NaN where a value is missing. It gives features (B, D), and `steps(views)` the features of each timestamp. A series'
features do not depend on its padding.
"""
