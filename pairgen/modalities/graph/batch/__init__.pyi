from .check import check_batch as check_batch
from .collate import collate as collate
from .collate import find_labels as find_labels
