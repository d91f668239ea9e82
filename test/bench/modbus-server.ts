// A Modbus TCP server as fast as a socket: `node modbus-server.ts DEVICES`. Prints one port a line. Every register of a device changes each second.
import { createServer, type Socket } from "node:net";
import { rigStates } from "../../shared/domain/rig-state.ts";

const REGISTERS = 1_000;
/** What the model is given, at the first registers of the first device; `big-rig.ts` names and scales them. */
const modelValues = [rigStates.indexOf("rotary drilling"), 2_954, 612, 605, 919, 919, 1_020, 8_800];
/** Some move each second, as a rig's do; the others seldom. */
const MOVING = 3;

const devices = Number(process.argv[2] ?? 1);
const started = Date.now();

function registerOf(device: number, register: number, second: number): number {
  const model = device === 0 ? modelValues[register] : undefined;
  if (model !== undefined) return register === 0 ? model : model + ((second * 7 + register) % 5) - 2;
  const moves = register % MOVING === 0 ? second : Math.floor(second / 60);
  return 1_000 + ((register * 37 + moves * ((register % 11) + 1)) % 2_000);
}

/** The registers of this second, big-endian, made once a second. */
function openImage(device: number): () => Buffer {
  const image = Buffer.alloc(2 * REGISTERS);
  let shown = -1;
  return () => {
    const second = Math.floor((Date.now() - started) / 1_000);
    if (second !== shown) for (let i = 0; i < REGISTERS; i++) image.writeUInt16BE(registerOf(device, i, second), 2 * i);
    shown = second;
    return image;
  };
}

function serve(socket: Socket, image: () => Buffer): void {
  let rest: Buffer = Buffer.alloc(0);
  socket.on("error", () => socket.destroy());
  socket.on("data", (bytes: Buffer) => {
    rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    for (; rest.length >= 12; rest = rest.subarray(12)) {
      const [address, count] = [rest.readUInt16BE(8), rest.readUInt16BE(10)];
      const answer = Buffer.alloc(9 + 2 * count);
      rest.copy(answer, 0, 0, 8);
      answer.writeUInt16BE(3 + 2 * count, 4);
      answer.writeUInt8(2 * count, 8);
      image().copy(answer, 9, 2 * address, 2 * (address + count));
      socket.write(answer);
    }
  });
}

for (let device = 0; device < devices; device++) {
  const image = openImage(device);
  const server = createServer({ noDelay: true }, (socket) => serve(socket, image));
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    if (address !== null && typeof address === "object") process.stdout.write(`${device} ${address.port}\n`);
  });
}
