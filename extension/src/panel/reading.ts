/**
 * Keeps the newest words in sight for a reader who is there, and leaves one alone who has scrolled elsewhere. It never
 * scrolls past the start of the newest exchange: the verdict stands first and stays in sight while the rest arrives.
 */

/** The reader is "there" within this many pixels. */
const NEAR = 32;
/** Room above the newest exchange. */
const ABOVE = 8;

export class Reading {
  private following = true;
  /** Where we scrolled to ourselves; a scroll event from there is not the reader's. */
  private own = 0;

  /**
   * @param scroller what scrolls
   * @param newest the newest exchange, if there is one
   */
  constructor(
    private readonly scroller: HTMLElement,
    private readonly newest: () => HTMLElement | undefined,
    private readonly jump: HTMLElement,
  ) {
    scroller.addEventListener("scroll", () => this.scrolled(), { passive: true });
    jump.addEventListener("click", () => {
      this.follow();
      this.newest()?.querySelector<HTMLElement>("button, a, [tabindex]")?.focus({ preventScroll: true });
    });
  }

  /** The reader asked: the new exchange is what is wanted. */
  follow(): void {
    this.following = true;
    this.settle();
  }

  /** After each drawing. */
  settle(): void {
    if (this.following) {
      this.own = this.goal();
      this.scroller.scrollTop = this.own;
    }
    this.showJump();
  }

  private goal(): number {
    const { scrollHeight, clientHeight } = this.scroller;
    const bottom = Math.max(0, scrollHeight - clientHeight);
    const newest = this.newest();
    return newest ? Math.min(bottom, Math.max(0, newest.offsetTop - ABOVE)) : 0;
  }

  private scrolled(): void {
    const at = this.scroller.scrollTop;
    if (Math.abs(at - this.own) > 1) this.following = Math.abs(at - this.goal()) <= NEAR;
    this.showJump();
  }

  /** "Newest answer" shows where that answer begins below what is in sight. */
  private showJump(): void {
    const newest = this.newest();
    const { scrollTop, clientHeight } = this.scroller;
    this.jump.hidden = !newest || newest.offsetTop < scrollTop + clientHeight - NEAR;
  }
}
