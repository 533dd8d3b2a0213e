// The host's end of USB for one CDC device: enumeration, then a byte stream each way.
//
// An OUT endpoint that the device has armed stays pending until there is something to send, as a real host leaves it
// (answering it with empty packets would keep the firmware busy for ever). Packet times are those of full speed.
const SET_ADDRESS = 5, GET_DESCRIPTOR = 6, SET_CONFIGURATION = 9, SET_LINE_STATE = 0x22;
const CONFIGURATION = 2, INTERFACE = 4, ENDPOINT = 5, HEADER_BYTES = 9;
const CDC_DATA = 10, BULK = 2;
const DTR_RTS = 3;
const OVERHEAD_US = 4, BYTE_US = 8 / 12;

function setup(type, request, value, length = 0) {
  return new Uint8Array([type, request, value & 255, value >> 8, 0, 0, length & 255, length >> 8]);
}

// Numbers of the bulk endpoints of the CDC data interface.
function bulkEndpoints(descriptors) {
  const found = { in: -1, out: -1 };
  let data = false;
  for (let at = 0; at + 1 < descriptors.length && descriptors[at] >= 2; at += descriptors[at]) {
    if (descriptors[at + 1] === INTERFACE) data = descriptors[at + 5] === CDC_DATA;
    if (!data || descriptors[at + 1] !== ENDPOINT || (descriptors[at + 3] & 3) !== BULK) continue;
    const address = descriptors[at + 2];
    if (address & 0x80) found.in = address & 15;
    else found.out = address & 15;
  }
  return found;
}

export class UsbHost {
  // usb: the chip's USB controller; received(bytes): called with what the device sends.
  constructor(usb, received) {
    this.usb = usb;
    this.received = received;
    usb.writeDelayMicroseconds = OVERHEAD_US + 64 * BYTE_US;
    usb.onUSBEnabled = () => usb.resetDevice();
    usb.onResetReceived = () => this.begin();
    usb.onEndpointWrite = (endpoint, bytes) => this.fromDevice(endpoint, bytes);
    usb.onEndpointRead = (endpoint, size) => this.armed(endpoint, size);
    this.forget();
  }

  forget() {
    this.endpoints = { in: -1, out: -1 };
    this.descriptors = [];
    this.total = 0;
    this.step = 0;
    this.connected = false;
    this.pending = 0;
    this.queue = [];
  }

  begin() {
    this.forget();
    this.usb.sendSetupPacket(setup(0x00, SET_ADDRESS, 1));
  }

  fromDevice(endpoint, bytes) {
    if (endpoint === 0) this.enumerate(bytes);
    else if (endpoint === this.endpoints.in) this.received(bytes);
  }

  enumerate(bytes) {
    if (this.step === 0 && bytes.length === 0) {
      this.step = 1;
      this.usb.sendSetupPacket(setup(0x80, GET_DESCRIPTOR, CONFIGURATION << 8, HEADER_BYTES));
    } else if (this.step === 1 && bytes.length > 0) {
      this.step = 2;
      this.total = bytes[2] | (bytes[3] << 8);
      this.usb.sendSetupPacket(setup(0x80, GET_DESCRIPTOR, CONFIGURATION << 8, this.total));
    } else if (this.step === 2 && bytes.length > 0) {
      this.descriptors.push(...bytes);
      if (this.descriptors.length < this.total) return;
      this.step = 3;
      this.endpoints = bulkEndpoints(this.descriptors);
      this.usb.sendSetupPacket(setup(0x00, SET_CONFIGURATION, 1));
    } else if (this.step === 3 && bytes.length === 0) {
      this.step = 4;
      this.usb.sendSetupPacket(setup(0x21, SET_LINE_STATE, DTR_RTS));
    } else if (this.step === 4 && bytes.length === 0) {
      this.step = 5;
      this.connected = true;
      this.give();
    }
  }

  armed(endpoint, size) {
    if (endpoint !== this.endpoints.out) return;
    this.pending = size;
    this.give();
  }

  send(bytes) {
    for (const byte of bytes) this.queue.push(byte);
    this.give();
  }

  give() {
    if (!this.connected || !this.pending || !this.queue.length) return;
    const packet = Uint8Array.from(this.queue.splice(0, this.pending));
    this.pending = 0;
    this.usb.endpointReadDone(this.endpoints.out, packet, OVERHEAD_US + packet.length * BYTE_US);
  }
}
