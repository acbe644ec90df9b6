import type { Theme } from '../state/theme.js';

/** The map's colours; the page's are in ui/base.css. */
export const PALETTE = {
  light: {
    water: '#dfe7ee',
    land: '#f8f8f5',
    coast: '#b9c4ce',
    border: '#c4c9cd',
    name: '#56616c',
    city: '#3f4953',
    halo: '#f8f8f5',
    candidate: '#b83a06',
    onCandidate: '#ffffff',
    neighbour: '#1d5fa8',
    cluster: '#2a6f97',
    onCluster: '#ffffff',
    hint: '#6d3fb0',
    known: '#147a4b',
    heat: '184, 58, 6',
    shareLow: '#f3dc8a',
    shareMiddle: '#e07f3c',
    shareHigh: '#7d1450',
  },
  dark: {
    water: '#10161d',
    land: '#1e2730',
    coast: '#3a4753',
    border: '#36424d',
    name: '#9aa7b3',
    city: '#b4bfc9',
    halo: '#161d24',
    candidate: '#ff9457',
    onCandidate: '#1a0d04',
    neighbour: '#7db7f2',
    cluster: '#4f9bc4',
    onCluster: '#06121a',
    hint: '#bd9bf2',
    known: '#54d39a',
    heat: '255, 148, 87',
    shareLow: '#5a3f78',
    shareMiddle: '#d0566b',
    shareHigh: '#ffd98a',
  },
} as const satisfies Record<Theme, object>;

export type Palette = Readonly<Record<keyof (typeof PALETTE)['light'], string>>;
