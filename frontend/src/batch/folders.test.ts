import { expect, test } from "vitest";

import { filesIn } from "./folders";

type Tree = { [name: string]: Tree | string };

/** A folder as a browser gives it: its entries come some at a time. */
function folder(name: string, tree: Tree): FileSystemDirectoryEntry {
  const children = Object.entries(tree).map(([child, inner]) =>
    typeof inner === "string" ? leaf(child, inner) : folder(child, inner),
  );
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
  const found = await filesIn([folder("trip", { ...tree, __MACOSX: { "._a.jpg": "x" }, "Thumbs.db": "x" })]);
  expect(found.map(({ path }) => path)).toEqual([
    "trip/a.jpg",
    "trip/day/b.jpg",
    "trip/day/deep/c.mp4",
    "trip/d.png",
  ]);
  expect(found[2]?.file.name).toBe("c.mp4");
});
