"""Which wire goes to which pin of a Raspberry Pi Pico: one row of contacts on each side. See docs/wiring.md.

Read by the board and by the rig at the other end of the wires.
"""

MARK = 2  # changes level when the outputs of a tick are set
REPORT = 4  # UART1 TX: what was taken from the wires in a tick, see perilune.ports.report
RANGE_FINDER = 5  # UART1 RX
THRUSTERS = (6, 7, 8, 9, 10, 11, 12, 13)  # valves of thrusters 0 to 7: high while open
ENGINE_VALVE = 14  # high: engine 0 runs
THROTTLE = 15  # of engine 0: duty of a PWM
LEGS_DEPLOY = 16  # high: unfold
RANGE_FINDER_HEAD = 17  # high: the descent head looks
CONTACTS = (18, 19, 20, 21)  # switches of legs 0 to 3, to ground: low while a leg touches

BAUD_RATE = 115200  # of UART1
THROTTLE_HZ = 12500  # a throttle of 0 to 1 in steps of 1e-4 is then 0 to 10000 counts of 8 ns
