import { z } from "zod";

/** A broker's address: over TCP or WebSockets, with or without TLS. */
export const MqttUrl = z
  .string()
  .regex(/^(mqtts?|wss?):\/\/[^\s/]+/, "mqtt://host:port")
  .refine((text) => URL.canParse(text), "mqtt://host:port");
