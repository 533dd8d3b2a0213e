"""The flight software as it stood at build 2d635e2, frozen: what the logic of lost missions is built upon.

A baseline must not learn. When the policies still flew on our own flight software, SLIM's was saved by our propulsion,
which had learned to see a dead engine. So its modules were copied here, and no one edits them: a test holds their
SHA-256. `perilune fly SCENARIO --policy baseline` flies it by itself, so that a change can be held against it.
Nothing here is ever flashed.
"""
