/** Time to take a deletion back, in milliseconds. */
export const UNDO_MS = 6000;

type Commit = (id: string) => void;

/**
 * Deletions that can still be taken back: each is carried out after `UNDO_MS`, or when the page is left.
 * Nothing is carried out twice, and nothing that was taken back.
 */
export class Deletions {
  private readonly waiting = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(private readonly commit: Commit) {}

  /** Carry the deletion out later; asking again changes nothing. */
  schedule(id: string): void {
    if (this.waiting.has(id)) return;
    this.waiting.set(
      id,
      setTimeout(() => this.carryOut(id), UNDO_MS),
    );
  }

  /** Take it back; says whether there was still something to take back. */
  undo(id: string): boolean {
    clearTimeout(this.waiting.get(id));
    return this.waiting.delete(id);
  }

  /** Carry out at once all that waits. */
  flush(): void {
    for (const id of [...this.waiting.keys()]) {
      clearTimeout(this.waiting.get(id));
      this.carryOut(id);
    }
  }

  private carryOut(id: string): void {
    this.waiting.delete(id);
    this.commit(id);
  }
}
