const table = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  return crc;
});

/** The check sum of Modbus RTU over the first `length` bytes (Modbus over Serial Line 6.2.2). */
export function crc16(data: Uint8Array, length: number): number {
  let crc = 0xffff;
  for (let i = 0; i < length; i++) crc = (crc >> 8) ^ (table[(crc ^ (data[i] ?? 0)) & 0xff] ?? 0);
  return crc;
}
