import { EventEmitter } from "node:events";
import { connect, type Socket } from "node:net";
import type { Reason } from "../../../shared/domain/reading.ts";
import { crc16 } from "./crc.ts";

/** Why a connection was given up; the reason stands in the readings of whatever was asked on it. */
export class LinkFault extends Error {
  readonly reason: Reason;
  constructor(reason: Reason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "LinkFault";
    this.reason = reason;
  }
}

/** What a request may be answered with. */
interface Asked {
  unit: number;
  code: number;
  /** Data bytes of a read's answer; null for a write, whose answer is four bytes. */
  bytes: number | null;
}

const headBytes = 7;
/** Transaction ids that modbus-serial keeps apart; it never forgets one, so more would only cost memory. */
const ids = 256;

/**
 * The Modbus TCP port under modbus-serial's client, in place of its own, which takes any protocol id and length and is out of step for good after one garbage answer.
 * Every answer is checked against what was asked: protocol id, length, unit, function and byte count. Whatever does not fit ends the connection with a `LinkFault`.
 */
export class CheckedPort extends EventEmitter {
  /** modbus-serial finds its transactions by these two. */
  _transactionIdRead = 1;
  _transactionIdWrite = 1;
  /** Called once, when the connection is over. */
  onFault: (fault: LinkFault) => void = () => {};
  private readonly socket: Socket;
  private readonly asked = new Map<number, Asked>();
  private rest: Buffer | null = null;
  private over = false;
  private up = false;
  /** An answer came that nobody asked for; a time-out after it says so. */
  foreign = false;

  constructor(host: string, port: number) {
    super();
    this.socket = connect({ host, port, noDelay: true, keepAlive: true });
    this.socket.on("data", (chunk) => this.take(chunk));
    this.socket.on("error", (error) => this.fail(new LinkFault("no connection", error.message, { cause: error })));
    this.socket.on("close", () => this.fail(new LinkFault("no connection", "closed by the device")));
  }

  get isOpen(): boolean {
    return this.up && !this.over;
  }

  /** Part of modbus-serial's port: calls back once the socket is connected. */
  open(opened: () => void): void {
    this.socket.once("connect", () => {
      this.up = true;
      opened();
    });
  }

  /** Part of modbus-serial's port: `frame` is unit, function, data and a CRC that TCP does not carry. */
  write(frame: Buffer): void {
    const id = this._transactionIdWrite;
    this._transactionIdWrite = (id % ids) + 1;
    this.asked.set(id, askedBy(frame));
    const out = Buffer.allocUnsafe(frame.length + 4);
    out.writeUInt16BE(id, 0);
    out.writeUInt16BE(0, 2);
    out.writeUInt16BE(frame.length - 2, 4);
    frame.copy(out, 6, 0, frame.length - 2);
    this.socket.write(out);
  }

  /** Ends the connection at once; what was asked fails with this fault. */
  fail(fault: LinkFault): void {
    if (this.over) return;
    this.over = true;
    this.socket.destroy();
    this.onFault(fault);
  }

  private take(chunk: Buffer): void {
    let data = this.rest === null ? chunk : Buffer.concat([this.rest, chunk]);
    this.rest = null;
    while (!this.over && data.length >= headBytes + 1) {
      const length = data.readUInt16BE(4);
      const fault = headFault(data.readUInt16BE(2), length);
      if (fault === null && data.length < 6 + length) break;
      if (fault === null) this.answer(data, length);
      else this.fail(fault);
      data = data.subarray(6 + length);
    }
    if (data.length > 0 && !this.over) this.rest = data;
  }

  private answer(data: Buffer, length: number): void {
    const id = data.readUInt16BE(0);
    const asked = this.asked.get(id);
    if (asked === undefined) {
      // Late, doubled or somebody else's: in step, so it is left aside; what waits is still waiting.
      this.foreign = true;
      return;
    }
    const fault = faultOf(asked, data, length);
    if (fault !== null) {
      this.fail(fault);
      return;
    }
    this.asked.delete(id);
    const frame = Buffer.allocUnsafe(length + 2);
    data.copy(frame, 0, 6, 6 + length);
    frame.writeUInt16LE(crc16(frame, length), length);
    this._transactionIdRead = id;
    this.emit("data", frame);
  }
}

/** MODBUS Messaging on TCP/IP 3.1.3: protocol id 0; unit, function and at least one byte, at most 254 together. */
function headFault(protocol: number, length: number): LinkFault | null {
  if (protocol !== 0) return new LinkFault("malformed answer", `protocol id ${protocol}`);
  if (length < 3 || length > 254) return new LinkFault("malformed answer", `length ${length}`);
  return null;
}

function askedBy(frame: Buffer): Asked {
  const code = frame[1] ?? 0;
  const count = frame.readUInt16BE(4);
  const bytes = code <= 2 ? Math.ceil(count / 8) : code <= 4 ? count * 2 : null;
  return { unit: frame[0] ?? 0, code, bytes };
}

function faultOf(asked: Asked, data: Buffer, length: number): LinkFault | null {
  const unit = data[6] ?? 0;
  const code = data[7] ?? 0;
  if (unit !== asked.unit) return new LinkFault("foreign answer", `unit ${unit} answered for unit ${asked.unit}`);
  if (code === (asked.code | 0x80)) {
    return length === 3 ? null : new LinkFault("malformed answer", `an exception of ${length} bytes`);
  }
  if (code !== asked.code) return new LinkFault("foreign answer", `function ${code} answered function ${asked.code}`);
  const expected = asked.bytes === null ? 6 : 3 + asked.bytes;
  if (length < expected) return new LinkFault("answer too short", `${length} of ${expected} bytes`);
  if (length > expected) return new LinkFault("malformed answer", `${length} bytes, not ${expected}`);
  if (asked.bytes !== null && data[8] !== asked.bytes) {
    return new LinkFault("malformed answer", `byte count ${data[8]}, not ${asked.bytes}`);
  }
  return null;
}
