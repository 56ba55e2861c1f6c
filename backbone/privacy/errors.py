"""What can go wrong while keys are kept and accesses recorded; the web edge turns each into a problem."""

from uuid import UUID

__all__ = [
    "KeyDestroyedError",
    "KeyFileError",
    "KeyMissingError",
    "KeyServiceError",
    "PrivacyError",
    "VaultUnavailableError",
    "SealBrokenError",
]


class PrivacyError(Exception):
    """The common root; no message of this family carries patient data."""


class VaultUnavailableError(PrivacyError):
    """The vault can't be reached or is too busy: nothing was disclosed; try again later."""


class KeyServiceError(VaultUnavailableError):
    """A key-encryption key can't be had now: its service is away, or it has not come to this process yet."""


class KeyMissingError(PrivacyError):
    """No data key was ever made for the subject."""

    def __init__(self, subject: UUID) -> None:
        super().__init__(f"no data key for {subject}")
        self.subject = subject


class KeyDestroyedError(PrivacyError):
    """The subject's data key was destroyed: what it sealed is gone for good."""

    def __init__(self, subject: UUID) -> None:
        super().__init__(f"the data key of {subject} was destroyed")
        self.subject = subject


class SealBrokenError(PrivacyError):
    """The ciphertext was changed, or belongs to another subject, event or field."""


class KeyFileError(PrivacyError):
    """The key file is missing, malformed, or open to others on this machine."""
