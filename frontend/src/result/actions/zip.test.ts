// @vitest-environment jsdom
import { describe, expect, it } from "vitest";

import { zip } from "./zip";

const bytes = (text: string) => new TextEncoder().encode(text);

async function read(blob: Blob): Promise<DataView> {
  const buffer = await new Promise<ArrayBuffer>((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result as ArrayBuffer);
    reader.readAsArrayBuffer(blob);
  });
  return new DataView(buffer);
}

describe("zip", () => {
  it("stores every file where the directory says, under its name and checksum", async () => {
    const files = [
      { name: "one.txt", data: bytes("123456789") },
      { name: "zwei-ä.txt", data: bytes("") },
    ];
    const view = await read(zip(files, new Date(2026, 10, 20, 12, 0, 0)));
    const end = view.byteLength - 22;
    expect(view.getUint32(end, true)).toBe(0x06054b50);
    expect(view.getUint16(end + 10, true)).toBe(2);
    let entry = view.getUint32(end + 16, true);
    for (const { name, data } of files) {
      expect(view.getUint32(entry, true)).toBe(0x02014b50);
      const local = view.getUint32(entry + 42, true);
      expect(view.getUint32(local, true)).toBe(0x04034b50);
      const length = view.getUint16(local + 26, true);
      const stored = new Uint8Array(view.buffer, local + 30, length + data.length);
      expect(new TextDecoder().decode(stored)).toBe(name + new TextDecoder().decode(data));
      entry += 46 + view.getUint16(entry + 28, true);
    }
    // The check value of CRC-32 (ISO-HDLC) is defined as that of "123456789".
    expect(view.getUint32(14, true)).toBe(0xcbf43926);
  });
});
