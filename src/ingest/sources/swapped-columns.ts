import { fault } from '../../domain/errors.js';

/** A single latitude just beyond the pole is a typing error; farther out, or often, it is a longitude. */
const SLIP_MAX = 95;
const SHARE_MIN = 0.05;

/**
 * Detects latitude and longitude in each other's column, as in a revision of IM2GPS3K's labels: latitudes beyond 90 that would
 * be longitudes, while no longitude lies beyond 90. A single such row, near the limit or among many good ones, is that row's
 * failure; more of them stop the run before wrong positions are stored.
 */
export class SwappedColumns {
  #rows = 0;
  #suspects = 0;
  #largest = 0;
  #farLongitude = false;

  add(lat: number, lon: number): void {
    if (Number.isNaN(lat) || Number.isNaN(lon)) return;
    this.#rows++;
    if (Math.abs(lon) > 90) this.#farLongitude = true;
    if (Math.abs(lat) > 90 && Math.abs(lat) <= 180) {
      this.#suspects++;
      this.#largest = Math.max(this.#largest, Math.abs(lat));
    }
  }

  /** @throws `manifest_columns_swapped` */
  check(manifest: string, latName: string, lonName: string): void {
    if (this.#farLongitude || this.#suspects / this.#rows < SHARE_MIN || this.#suspects === 0) return;
    if (this.#suspects === 1 && this.#largest <= SLIP_MAX) return;
    throw fault(
      'manifest_columns_swapped',
      `Expected latitudes between -90 and 90 in ${latName} of ${manifest}, got up to ${this.#largest} (${this.#suspects} of ${this.#rows} rows), while ${lonName} never leaves -90 to 90: the two columns look swapped. Exchange their names and run again; nothing was stored.`,
    );
  }
}
