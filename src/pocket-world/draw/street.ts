import type { TownHand } from '../town-hand.js';

/** Where the parts of the street lie across it, in metres from the middle of the own lane. */
export interface Street {
  readonly ownKerb: number;
  readonly centre: number;
  readonly oppositeKerb: number;
  readonly ownWall: number;
  readonly oppositeWall: number;
}

export function streetOf(hand: TownHand): Street {
  const ownKerb = hand.laneM / 2 + 0.3;
  const oppositeKerb = -hand.laneM * 1.5 - 0.3;
  return {
    ownKerb,
    centre: -hand.laneM / 2,
    oppositeKerb,
    ownWall: ownKerb + 1.6 + hand.setbackM,
    oppositeWall: oppositeKerb - 1.4 - hand.setbackM,
  };
}
