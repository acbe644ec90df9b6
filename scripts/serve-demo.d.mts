interface Served {
  readonly url: string;
  readonly executablePath: string;
  readonly stop: () => Promise<void>;
}

export function serveDemo(): Promise<Served & { readonly photos: readonly string[] }>;
export function serveIndex(index: string, settings?: Readonly<Record<string, string>>): Promise<Served>;
