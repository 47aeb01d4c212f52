import { nanoid } from "nanoid";

/** The Idempotency-Keys of archives whose answer has not come yet: with it an archive that is sent again goes on where it was. */
type Kept = { mark: string; workspace: string | null; name: string; key: string };

const STORED = "deepshield.archives";
const MOST = 20;

/** The key of an archive, and whether it was used before; `mark` tells the archive from others. */
export function archiveKey(
  mark: string,
  workspace: string | null,
  name: string,
): { key: string; used: boolean } {
  const kept = read().find((one) => one.mark === mark && one.workspace === workspace);
  if (kept !== undefined) return { key: kept.key, used: true };
  const key = nanoid();
  write([...read(), { mark, workspace, name, key }]);
  return { key, used: false };
}

/** Drop a key, once its archive's answer has come. */
export function dropArchiveKey(key: string): void {
  write(read().filter((one) => one.key !== key));
}

/** Drop the keys of archives of this name, by which their batches are called: such a batch is not gone on with. */
export function dropArchiveKeysOf(name: string): void {
  write(read().filter((one) => one.name !== name));
}

function read(): Kept[] {
  try {
    const list: unknown = JSON.parse(localStorage.getItem(STORED) ?? "[]");
    return Array.isArray(list) ? (list as unknown[]).filter(isKept) : [];
  } catch {
    return [];
  }
}

function write(list: readonly Kept[]): void {
  try {
    if (list.length === 0) localStorage.removeItem(STORED);
    else localStorage.setItem(STORED, JSON.stringify(list.slice(-MOST)));
  } catch {
    // Full or forbidden: an archive that is sent again is another batch.
  }
}

function isKept(entry: unknown): entry is Kept {
  if (typeof entry !== "object" || entry === null) return false;
  const { mark, workspace, name, key } = entry as Record<string, unknown>;
  const texts = [mark, name, key].every((part) => typeof part === "string");
  return texts && (workspace === null || typeof workspace === "string");
}
