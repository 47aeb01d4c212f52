import { expect, it } from "vitest";

import { CHUNK, collect } from "./account-rows";

const numbered = (count: number) => Array.from({ length: count }, (_, index) => ({ id: String(index) }));

it("reads every page once, in order", async () => {
  const all = numbered(2 * CHUNK + 7);
  const offsets: number[] = [];
  const found = await collect(async (offset, limit) => {
    offsets.push(offset);
    return { rows: all.slice(offset, offset + limit), total: all.length };
  });
  expect(found).toEqual(all);
  expect(offsets).toEqual([0, CHUNK, 2 * CHUNK]);
});

it("counts a row once that a new one has moved to the next page", async () => {
  const all = numbered(CHUNK + 1);
  const found = await collect(async (offset, limit) => {
    const now = offset === 0 ? all : [{ id: "new" }, ...all];
    return { rows: now.slice(offset, offset + limit), total: now.length };
  });
  expect(found.map(({ id }) => id)).toEqual(all.map(({ id }) => id));
});

it("ends when rows vanish while it reads", async () => {
  const found = await collect(async (offset) => ({ rows: offset === 0 ? numbered(CHUNK) : [], total: 5000 }));
  expect(found).toHaveLength(CHUNK);
});

it("reports its progress", async () => {
  const reported: [number, number][] = [];
  const all = numbered(CHUNK + 1);
  await collect(
    async (offset, limit) => ({ rows: all.slice(offset, offset + limit), total: all.length }),
    (done, total) => reported.push([done, total]),
  );
  expect(reported).toEqual([
    [CHUNK, CHUNK + 1],
    [CHUNK + 1, CHUNK + 1],
  ]);
});
