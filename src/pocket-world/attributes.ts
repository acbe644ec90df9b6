import type { Scene } from './scene.js';

/** A scene's visible traits of its country, by name, for training and checks; null where none is in the picture. */
export function visibleAttributes(scene: Scene): Readonly<Record<string, string | null>> {
  const { facts, shown, vehicles } = scene;
  const when = (visible: boolean, value: string | null) => (visible ? value : null);
  const taxi = vehicles.some(({ kind }) => kind === 'taxi');
  return {
    drives: facts.drives,
    centre_line: facts.centreLine ?? 'none',
    edge_line: facts.edgeLine ?? 'none',
    plate: when(vehicles.length > 0, facts.plate ?? 'unknown'),
    warning: when(shown.warning, facts.warning),
    board: when(shown.board, facts.board ?? 'unknown'),
    script: when(shown.board || shown.shopSign, facts.script),
    second_script: when(shown.board, facts.secondScript ?? 'none'),
    tradition: facts.tradition,
    pole: when(shown.poles, facts.pole ?? 'unknown'),
    bollard: when(shown.bollards, facts.bollard ?? 'unknown'),
    post_box: when(shown.postBox, facts.postBox),
    taxi: when(taxi, facts.taxi),
    kerb: facts.kerb ?? 'none',
    traffic_light: when(shown.trafficLight, facts.trafficLight ?? 'plain'),
    flag: when(shown.flag, facts.iso2),
    landmark: when(shown.landmark, scene.hand.landmark.kind),
    banner: when(shown.lamps, scene.hand.banner),
    lamp: when(shown.lamps, scene.hand.lamp),
    weather: scene.weather,
    shadow_side: scene.shadowSide,
  };
}

/** Numbers of the town's hand that a scene shows; null where they are hidden. Hues are in degrees. */
export function handNumbers(scene: Scene): Readonly<Record<string, number | null>> {
  const { hand, shown } = scene;
  const lamps = (value: number) => (shown.lamps ? value : null);
  const landmark = (value: number) => (shown.landmark ? value : null);
  return {
    wall_hue: hand.walls[0].h,
    wall_lightness: hand.walls[0].l,
    second_wall_hue: hand.walls[1].h,
    accent_wall_hue: hand.walls[2].h,
    roof_hue: hand.roof.h,
    plinth_hue: hand.plinth.h,
    livery_hue: lamps(hand.livery[0].h),
    second_livery_hue: lamps(hand.livery[1].h),
    landmark_hue: landmark(hand.landmark.colour.h),
    landmark_accent_hue: landmark(hand.landmark.accent.h),
    landmark_height: landmark(hand.landmark.heightM),
    pavement_hue: hand.pavement.h,
    asphalt_lightness: hand.asphaltLightness,
    storeys: hand.storeys,
    setback: hand.setbackM,
    window_width: hand.windowWidth,
    relief: hand.setting.relief,
    warmth: hand.setting.warmth,
    wetness: hand.setting.wetness,
  };
}
