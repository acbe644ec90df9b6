/** A share of 1 as a bar; the figure is beside it. */
export function ShareBar({ share }: { readonly share: number }) {
  return <span class="bar" style={{ '--share': String(Math.max(0, Math.min(1, share))) }} aria-hidden="true" />;
}
