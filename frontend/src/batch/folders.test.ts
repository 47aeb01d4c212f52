import { expect, test } from "vitest";

import { filesIn } from "./folders";

type Tree = { [name: string]: Tree | string };

/** A folder as a browser gives it: its entries come some at a time. */
function folder(name: string, tree: Tree): FileSystemDirectoryEntry {
  return folderOf(
    name,
    Object.entries(tree).map(([child, inner]) =>
      typeof inner === "string" ? leaf(child, inner) : folder(child, inner),
    ),
  );
}

function folderOf(name: string, children: FileSystemEntry[]): FileSystemDirectoryEntry {
  const createReader = () => {
    const rest = [...children];
    return { readEntries: (give: (some: unknown[]) => void) => give(rest.splice(0, 2)) };
  };
  return { name, isFile: false, isDirectory: true, createReader } as unknown as FileSystemDirectoryEntry;
}

function leaf(name: string, text: string): FileSystemFileEntry {
  const file = (give: (file: File) => void) => give(new File([text], name));
  return { name, isFile: true, isDirectory: false, file } as unknown as FileSystemFileEntry;
}

test("all files of a folder are found with their paths, and what systems add is not", async () => {
  const tree = {
    "a.jpg": "1",
    day: { "b.jpg": "2", ".DS_Store": "x", deep: { "c.mp4": "3" } },
    "d.png": "4",
  };
  const { found } = await filesIn([
    folder("trip", { ...tree, __MACOSX: { "._a.jpg": "x" }, "Thumbs.db": "x" }),
  ]);
  expect(found.map(({ path }) => path)).toEqual([
    "trip/a.jpg",
    "trip/day/b.jpg",
    "trip/day/deep/c.mp4",
    "trip/d.png",
  ]);
  expect(found[2]?.file.name).toBe("c.mp4");
});

test("what cannot be read is named, and the rest is found", async () => {
  const refuse = (_give: unknown, fail: (why: DOMException) => void) =>
    fail(new DOMException("", "NotReadableError"));
  const inner = {
    ...leaf("b.jpg", "2"),
    file: refuse,
  } as unknown as FileSystemFileEntry;
  const closed = {
    ...folder("closed", {}),
    createReader: () => ({ readEntries: refuse }),
  } as unknown as FileSystemDirectoryEntry;
  const trip = folderOf("trip", [leaf("a.jpg", "1"), inner, closed, leaf("c.jpg", "3")]);
  const { found, unreadable } = await filesIn([trip]);
  expect(found.map(({ path }) => path)).toEqual(["trip/a.jpg", "trip/c.jpg"]);
  expect(unreadable).toEqual(["trip/b.jpg", "trip/closed"]);
});
