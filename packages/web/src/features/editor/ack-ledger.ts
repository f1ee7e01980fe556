/**
 * Which local edits the server has committed. The server acknowledges by count: the first n document-changing messages
 * (sync step 2, update) of the present socket are durable. Knows no socket.
 */
export class AckLedger {
  /** Edits ever made, and how many of them, from the first on, are durable. */
  #made = 0;
  #saved = 0;
  /** Per message sent on this socket and not acknowledged: up to which edit it, and those before it, carry everything. */
  #covering: number[] = [];
  #acknowledged = 0;

  get made(): number {
    return this.#made;
  }

  get saved(): number {
    return this.#saved;
  }

  get unsaved(): number {
    return this.#made - this.#saved;
  }

  /** A local edit was made, sent or not. */
  edit(): void {
    this.#made++;
  }

  /** A document-changing message was sent; with it, all edits so far have been. */
  sentAll(): void {
    this.#covering.push(this.#made);
  }

  /** A new socket: the server counts from zero again, and its first step 2 will carry all that is not saved. */
  restart(): void {
    this.#covering = [];
    this.#acknowledged = 0;
  }

  /** The first `count` messages of this socket are durable. More than were sent is junk, and ignored. */
  acknowledge(count: number): void {
    const newly = count - this.#acknowledged;
    if (newly <= 0 || newly > this.#covering.length) return;
    const upTo = this.#covering[newly - 1] ?? 0;
    this.#covering = this.#covering.slice(newly);
    this.#acknowledged = count;
    this.#saved = Math.max(this.#saved, upTo);
  }
}
