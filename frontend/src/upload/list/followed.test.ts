import { expect, test } from "vitest";

import type { Row } from "@/upload/queue/queue";

import { followed } from "./followed";

const sent = (key: string, kind: Row["kind"], ended: boolean): Row => ({
  key,
  name: `${key}.jpg`,
  size: 1,
  kind,
  workspace: null,
  source: null,
  alone: false,
  phase: { is: "sent", jobId: key, reused: false, ended },
});

test("of many jobs few are followed at once, of each kind apart", () => {
  const rows = [
    sent("a", "image", true),
    ...["b", "c", "d"].map((key) => sent(key, "image", false)),
    sent("e", "video", false),
    sent("f", "image", false),
  ];
  expect(Object.fromEntries(followed(rows))).toEqual({
    a: "poll",
    b: "stream",
    c: "poll",
    d: "poll",
    e: "stream",
    f: "none",
  });
});
