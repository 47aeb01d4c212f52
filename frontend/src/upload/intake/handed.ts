import type { Dropped } from "./drop-and-paste";

const NOTHING: Dropped = { files: [], folders: [] };
let handed = NOTHING;

/** Keep what was dropped on another page until the start page takes it. */
export function hand({ files, folders }: Dropped): void {
  handed = { files: [...handed.files, ...files], folders: [...handed.folders, ...folders] };
}

/** What was handed over, once. */
export function takeHanded(): Dropped {
  const dropped = handed;
  handed = NOTHING;
  return dropped;
}
