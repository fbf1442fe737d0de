"""Every error that Tenfold raises on purpose, as one small tree.

A message names the value found, the value allowed and, where there is one, the remedy, so that it can be shown to a
person as it is. What an error becomes in HTTP is `app/problems.py`'s business; the command line prints the message.

    TenfoldError
    ├── PictureError                 something is wrong with one picture
    │   ├── PictureFormatError       not PNG, JPEG or still WebP
    │   ├── PictureDamagedError      truncated, corrupt or self-contradicting
    │   └── PictureTooLargeError     more pixels than the limit
    ├── ShapeError                   an array of the wrong shape, dtype or range
    ├── ConfigurationError           a setting, recipe or network that cannot be
    ├── CheckpointError              a checkpoint that cannot be used
    │   ├── CheckpointMissingError   the folder, or one of its files, is not there
    │   ├── CheckpointDamagedError   a file's content differs from what the manifest says
    │   └── CheckpointVersionError   written by a later format than this program reads
    ├── EngineError                  an engine that cannot be had or fails to run
    └── TrainingError                offline work that cannot go on
        └── DatasetError             MNIST is missing, cut or wrong
"""


class TenfoldError(Exception):
    """The root: an error raised on purpose, with a message meant for people."""


class PictureError(TenfoldError):
    """Something is wrong with one picture."""


class PictureFormatError(PictureError):
    """The content is not one of the allowed formats."""


class PictureDamagedError(PictureError):
    """The content is of an allowed format, but truncated, corrupt or self-contradicting."""


class PictureTooLargeError(PictureError):
    """The picture has more pixels, or a longer side, than the limit."""


class ShapeError(TenfoldError):
    """An array has another shape, dtype or range than the function takes."""


class ConfigurationError(TenfoldError):
    """A setting, recipe or network description is impossible."""


class CheckpointError(TenfoldError):
    """A checkpoint cannot be used."""


class CheckpointMissingError(CheckpointError):
    """The checkpoint's folder, or one of its files, is not there."""


class CheckpointDamagedError(CheckpointError):
    """A file's content differs from what the manifest says."""


class CheckpointVersionError(CheckpointError):
    """The checkpoint was written by a later format than this program reads."""


class EngineError(TenfoldError):
    """An engine cannot be had, or failed to run."""


class TrainingError(TenfoldError):
    """Offline work cannot go on."""


class DatasetError(TrainingError):
    """MNIST is missing, cut or wrong."""
