"""Exit statuses, in one place; docs/exit_status.md says what each means, and a test tries each row."""

PASSED = 0  # also: done, the same, obeyed
FAILED = 1  # also: not the same, not obeyed
BAD_INPUT = 2  # InputError
RIG = 3  # RigError: nothing is said about the flight software, or an output is missing
INCONCLUSIVE = 4  # a campaign too small to demonstrate what it set out to
INTERRUPTED = 130  # Ctrl-C, as shells tell it; 128 and the signal's number for the others
