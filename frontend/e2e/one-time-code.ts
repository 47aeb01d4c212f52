import { createHmac } from "node:crypto";

/** How long a code is right, in milliseconds. */
export const STEP = 30_000;

/** The code of a secret in Base32 (RFC 6238) at a time in milliseconds. */
export function codeAt(secret: string, time: number): string {
  const bits = [...secret].map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter));
  const key = Buffer.from(
    (
      bits
        .map((value) => value.toString(2).padStart(5, "0"))
        .join("")
        .match(/.{8}/g) ?? []
    ).map((byte) => parseInt(byte, 2)),
  );
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(time / STEP)));
  const digest = createHmac("sha1", key).update(counter).digest();
  const offset = digest.readUInt8(digest.length - 1) & 15;
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}
