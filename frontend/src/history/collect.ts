/** Rows asked for at once; the most that the server gives. */
export const CHUNK = 200;

type Chunk<T> = { rows: readonly T[]; total: number };

/**
 * Read a paged list to its end. What is added meanwhile moves rows to the next page, so each id counts once.
 * `progress` is told how many there are so far, and of how many.
 */
export async function collect<T extends { id: string }>(
  read: (offset: number, limit: number) => Promise<Chunk<T>>,
  progress: (done: number, total: number) => void = () => undefined,
): Promise<T[]> {
  const found = new Map<string, T>();
  for (let offset = 0; ; offset += CHUNK) {
    const { rows, total } = await read(offset, CHUNK);
    for (const row of rows) if (!found.has(row.id)) found.set(row.id, row);
    progress(found.size, Math.max(total, found.size));
    if (rows.length === 0 || offset + rows.length >= total) return [...found.values()];
  }
}
