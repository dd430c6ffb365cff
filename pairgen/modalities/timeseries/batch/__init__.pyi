from .collate import ToModelInput as ToModelInput
from .collate import check_batch as check_batch
from .collate import collate as collate
from .segments import Segment as Segment
from .segments import Segments as Segments
from .segments import overlap as overlap
