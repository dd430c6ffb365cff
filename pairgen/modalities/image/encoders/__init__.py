"""Image encoders by name: `pairgen.create_encoder("image", "resnet18", in_channels=3, image_size=32)`.

The library's own names, any torchvision classifier as "torchvision/NAME" and any timm model as "timm/NAME". Each is a
factory with keyword options; it returns an `ImageEncoder`. Weights are never downloaded.
"""
