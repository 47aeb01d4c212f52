/** Time in which a deletion can be undone, in milliseconds. */
export const UNDO_MS = 6000;

type Commit = (id: string) => void;

/**
 * Deletions that can still be undone: each is carried out after `UNDO_MS`, or when the page is left.
 * No deletion is carried out twice, or after it was undone.
 */
export class Deletions {
  private readonly waiting = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(private readonly commit: Commit) {}

  /** Schedule the deletion; a second call changes nothing. */
  schedule(id: string): void {
    if (this.waiting.has(id)) return;
    this.waiting.set(
      id,
      setTimeout(() => this.carryOut(id), UNDO_MS),
    );
  }

  /** Undo the deletion; returns whether it was still waiting. */
  undo(id: string): boolean {
    clearTimeout(this.waiting.get(id));
    return this.waiting.delete(id);
  }

  /** Carry out all waiting deletions at once. */
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
