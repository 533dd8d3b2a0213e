"""Errors that the command line turns into one line and an exit code."""


class PeriluneError(Exception):
    """Base of all errors that a user can mend."""

    exit_code = 3


class InputError(PeriluneError):
    """Bad input: a scenario, an option, a file. Names the place and the mend."""

    exit_code = 2


class RigError(PeriluneError):
    """The rig or the link failed: the run says nothing about the flight software."""

    exit_code = 3


class FlightSoftwareError(RigError):
    """The flight software raised an error: `fly` cannot go on, but it is no failure of rig or link."""
