import type { Clock } from "./clock.ts";
import type { Random } from "./random.ts";

/** What the network does to messages; shares of 1, times in ms. */
export interface Weather {
  lose: number;
  double: number;
  /** Messages that arrive with a bit turned over, or cut short; batches only where they travel as bytes. */
  flip: number;
  delayMs: number;
  /** What a script takes out of the way; it is told of every message. */
  drops?: (topic: string, message: unknown) => boolean;
}

/**
 * One direction of one connection. A topic is in order; topics overtake each other; messages get lost, doubled and
 * late, and may still arrive after the connection is gone (a broker had them).
 */
export class Line<T> {
  private readonly free = new Map<string, number>();
  private cut = false;
  private readonly clock: Clock;
  private readonly random: Random;
  private readonly weather: Weather;
  private readonly deliver: (message: T) => void;

  constructor(clock: Clock, random: Random, weather: Weather, deliver: (message: T) => void) {
    this.clock = clock;
    this.random = random;
    this.weather = weather;
    this.deliver = deliver;
  }

  send(topic: string, message: T): void {
    if (this.cut) return;
    if (this.weather.drops?.(topic, message) === true || this.random.chance(this.weather.lose)) return;
    const at = Math.max(this.free.get(topic) ?? 0, this.clock.now + 1 + this.random.int(this.weather.delayMs));
    this.free.set(topic, at);
    this.arrive(at, this.weather.flip > 0 && this.random.chance(this.weather.flip) ? this.damaged(message) : message);
    if (this.random.chance(this.weather.double)) this.arrive(at + this.random.int(20 * this.weather.delayMs), message);
  }

  /** What is under way is lost or comes all the same, each by chance. */
  close(): void {
    this.cut = true;
  }

  private damaged(message: T): T {
    if (typeof message !== "object" || message === null || !("bytes" in message)) return message;
    if (!(message.bytes instanceof Uint8Array)) return message;
    const at = this.random.int(message.bytes.length);
    const bytes = this.random.chance(0.2) ? message.bytes.slice(0, at) : message.bytes.slice();
    if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << this.random.int(8));
    return { ...message, bytes };
  }

  private arrive(at: number, message: T): void {
    this.clock.after(at - this.clock.now, () => {
      if (this.cut && this.random.chance(0.6)) return;
      this.deliver(message);
    });
  }
}
