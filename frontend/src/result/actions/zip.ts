export type Entry = { name: string; data: Uint8Array<ArrayBuffer> };

const UTF8_NAMES = 0x0800;
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/**
 * Pack files into a ZIP archive without compressing them (PKWARE APPNOTE 6.3.10, method 0): pictures are compressed
 * already. For less than 4 GB and 65,536 files.
 */
export function zip(entries: readonly Entry[], modified: Date): Blob {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const directory: Uint8Array<ArrayBuffer>[] = [];
  let offset = 0;
  for (const { name, data } of entries) {
    const encoded = new TextEncoder().encode(name);
    const common = [20, UTF8_NAMES, 0, ...dosTime(modified)] as const;
    const sizes = [crc32(data), data.length, data.length] as const;
    const local = record("4 2 2 2 2 2 4 4 4 2 2", [0x04034b50, ...common, ...sizes, encoded.length, 0]);
    directory.push(
      record("4 2 2 2 2 2 2 4 4 4 2 2 2 2 2 4 4", [
        0x02014b50,
        20,
        ...common,
        ...sizes,
        encoded.length,
        0,
        0,
        0,
        0,
        0,
        offset,
      ]),
      encoded,
    );
    parts.push(local, encoded, data);
    offset += local.length + encoded.length + data.length;
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  const end = record("4 2 2 2 2 4 4 2", [0x06054b50, 0, 0, entries.length, entries.length, size, offset, 0]);
  return new Blob([...parts, ...directory, end], { type: "application/zip" });
}

/** Little-endian numbers of the widths in bytes that ``layout`` lists. */
function record(layout: string, values: readonly number[]): Uint8Array<ArrayBuffer> {
  const widths = layout.split(" ").map(Number);
  const bytes = new Uint8Array(widths.reduce((sum, width) => sum + width, 0));
  const view = new DataView(bytes.buffer);
  let position = 0;
  widths.forEach((width, index) => {
    if (width === 4) view.setUint32(position, values[index] ?? 0, true);
    else view.setUint16(position, values[index] ?? 0, true);
    position += width;
  });
  return bytes;
}

function dosTime(date: Date): [time: number, day: number] {
  const time = (date.getHours() << 11) | (date.getMinutes() << 5) | (date.getSeconds() >> 1);
  return [time, ((date.getFullYear() - 1980) << 9) | ((date.getMonth() + 1) << 5) | date.getDate()];
}

function crc32(data: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of data) value = (value >>> 8) ^ (TABLE[(value ^ byte) & 0xff] ?? 0);
  return (value ^ 0xffffffff) >>> 0;
}
