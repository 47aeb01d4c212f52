/** The batches that this browser has begun: for going on with one, and for listing them where there are no accounts. */
export type Begun = {
  id: string;
  name: string;
  /** ISO 8601. */
  addedAt: string;
  /** Missing where an earlier release has kept the batch. */
  workspace?: string | null;
  /** Tells whether the same files are dropped again; none for an archive's batch, to which none can be added. */
  mark?: string;
};

const STORED = "deepshield.batches";
const LONGEST = 50;

/** The batches that this browser has begun, the newest first. */
export function begunBatches(): Begun[] {
  try {
    const list: unknown = JSON.parse(localStorage.getItem(STORED) ?? "[]");
    return Array.isArray(list) ? (list as unknown[]).filter(isBegun) : [];
  } catch {
    return [];
  }
}

/** Put a batch at the head of the list. */
export function rememberBatch(begun: Begun): void {
  write([begun, ...begunBatches().filter(({ id }) => id !== begun.id)].slice(0, LONGEST));
}

/** Take a batch off the list. */
export function forgetBatch(id: string): void {
  write(begunBatches().filter((begun) => begun.id !== id));
}

function write(list: readonly Begun[]): void {
  try {
    localStorage.setItem(STORED, JSON.stringify(list));
  } catch {
    return; // storage is full or forbidden: the batch goes on without the list
  }
}

function isBegun(entry: unknown): entry is Begun {
  if (typeof entry !== "object" || entry === null) return false;
  const { id, name, addedAt } = entry as Record<string, unknown>;
  return typeof id === "string" && typeof name === "string" && typeof addedAt === "string";
}
