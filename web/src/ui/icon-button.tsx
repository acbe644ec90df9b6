import { Icon } from './icon.js';

interface IconButtonProps {
  readonly icon: Parameters<typeof Icon>[0]['name'];
  /** What it does, and to what, for screen readers. */
  readonly label: string;
  /** Tooltip. */
  readonly title?: string;
  readonly tabIndex?: number;
  readonly onClick: () => void;
}

/** A button with an icon alone. */
export function IconButton({ icon, label, title, tabIndex, onClick }: IconButtonProps) {
  return (
    <button
      type="button"
      class="quiet icon-button"
      aria-label={label}
      title={title}
      tabIndex={tabIndex}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  );
}
