import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { hasCode } from '../../../src/domain/errors.js';
import { visibleAttributes } from '../../../src/pocket-world/attributes.js';
import { allCountryFacts } from '../../../src/pocket-world/country-facts.js';
import { View } from '../../../src/pocket-world/draw/view.js';
import { sceneSvg } from '../../../src/pocket-world/render-scene.js';
import { describeScene, type Scene } from '../../../src/pocket-world/scene.js';
import { sunAt } from '../../../src/pocket-world/sun.js';
import { town } from './towns-of-tests.js';

const many = (iso2: string, changes = {}): Scene[] =>
  Array.from({ length: 120 }, (_, i) => describeScene(town(iso2, changes), `scene ${i}`));

describe('describeScene', () => {
  it('describes the same scene for the same town and seed', () => {
    expect(describeScene(town('PL'), 'a')).toEqual(describeScene(town('PL'), 'a'));
  });

  it('keeps the country and the hand of the town while everything that says nothing of the place varies', () => {
    const scenes = many('PL');
    expect(new Set(scenes.map(({ hand }) => JSON.stringify(hand))).size).toBe(1);
    expect(new Set(scenes.map(({ facts }) => facts.iso2))).toEqual(new Set(['PL']));
    const variations: ((scene: Scene) => string | number)[] = [
      (scene: Scene) => scene.weather,
      (scene: Scene) => scene.capturedAt,
      (scene: Scene) => scene.camera.headingDeg,
      (scene: Scene) => scene.houses.length,
      (scene: Scene) => scene.vehicles.length,
      (scene: Scene) => scene.finish.quality,
      (scene: Scene) => scene.shadowSide,
    ];
    for (const vary of variations) expect(new Set(scenes.map(vary)).size).toBeGreaterThan(1);
  });

  it('sees the rear of what drives its own way and the front of what comes', () => {
    for (const { vehicles, hand } of many('GB'))
      for (const { lane, end, xM } of vehicles) {
        expect(end).toBe(lane === 'own' ? 'rear' : 'front');
        expect(xM < -hand.laneM / 2).toBe(lane === 'opposite');
      }
  });

  it('throws shadows away from the sun', () => {
    for (const iso2 of ['NO', 'ZA'])
      for (const { sun, camera, shadowSide } of many(iso2, { lat: iso2 === 'NO' ? 60 : -30 })) {
        const rightOfView = Math.sin(((sun.azimuthDeg - camera.headingDeg) * Math.PI) / 180) > 0;
        expect(shadowSide).toBe(rightOfView ? 'left' : 'right');
      }
  });

  it('takes the photo in daylight of its own latitude and date', () => {
    for (const { sun, town: where, capturedAt } of many('SE', { lat: 63 })) {
      const at = new Date(`${capturedAt}Z`);
      const day = Math.floor((at.getTime() - Date.UTC(at.getUTCFullYear(), 0, 1)) / 86_400_000) + 1;
      const again = sunAt(where, day, at.getUTCHours() + at.getUTCMinutes() / 60);
      expect(Math.abs(again.altitudeDeg - sun.altitudeDeg)).toBeLessThan(0.5);
    }
    const lit = many('SE', { lat: 63 }).filter(({ sun }) => sun.altitudeDeg > 0).length;
    expect(lit).toBe(120);
  });

  it('snows in a northern winter and never in the tropics', () => {
    const snowy = many('FI', { lat: 62 }).filter(({ snow }) => snow);
    expect(snowy.length).toBeGreaterThan(0);
    for (const { capturedAt } of snowy) expect(['10', '11', '12', '01', '02']).toContain(capturedAt.slice(5, 7));
    expect(many('KE', { lat: -1 }).some(({ snow }) => snow)).toBe(false);
  });

  it('shows a taxi or a post box where their colour is known, and nowhere else', () => {
    // Of 40 scenes of a country with taxis, by chance none has one in 10^12 runs; post boxes are commoner.
    const run = randomUUID();
    const shown = allCountryFacts().map(({ iso2 }) => {
      const scenes = Array.from({ length: 40 }, (_, i) => describeScene(town(iso2), `${run} ${i}`));
      const taxi = scenes.some(({ vehicles }) => vehicles.some(({ kind }) => kind === 'taxi'));
      return { iso2, run, taxi, postBox: scenes.some((scene) => scene.shown.postBox) };
    });
    expect(shown).toEqual(
      allCountryFacts().map(({ iso2, taxi, postBox }) => ({
        ...{ iso2, run },
        taxi: taxi !== null,
        postBox: postBox !== null,
      })),
    );
  });

  it('draws taxis and post boxes in the colour of their country', () => {
    const scenes = many('GB', { id: randomUUID() });
    const taxis = scenes.filter(({ vehicles }) => vehicles.some(({ kind }) => kind === 'taxi'));
    const boxes = scenes.filter(({ shown }) => shown.postBox);
    const painted = (scene: Scene, changes: Partial<Scene['facts']>) =>
      sceneSvg({ ...scene, facts: { ...scene.facts, ...changes } });
    for (const scene of scenes) {
      const drawn = painted(scene, {});
      expect(painted(scene, { taxi: 'pink' }) !== drawn).toBe(taxis.includes(scene));
      expect(painted(scene, { postBox: 'green' }) !== drawn).toBe(boxes.includes(scene));
    }
    expect(Math.min(taxis.length, boxes.length)).toBeGreaterThan(0);
  });

  it('refuses a country that the table lacks', () => {
    let thrown: unknown;
    try {
      describeScene(town('AQ'), 'x');
    } catch (error) {
      thrown = error;
    }
    expect(hasCode(thrown, 'country_without_facts')).toBe(true);
  });
});

describe('visibleAttributes', () => {
  it('gives a fact where the thing stands in the picture and null where it does not', () => {
    for (const scene of many('PL')) {
      const seen = visibleAttributes(scene);
      expect(seen.drives).toBe('right');
      expect(seen.bollard).toBe(scene.shown.bollards ? 'red-diagonal' : null);
      expect(seen.flag).toBe(scene.shown.flag ? 'PL' : null);
    }
  });
});

describe('View', () => {
  it('puts the own kerb on the right where one drives on the right, on the left elsewhere', () => {
    const kerb = (side: 1 | -1) => new View(320, 240, 160, 105, 170, 0, 2, side).at(2, 0, 8)[0];
    expect(kerb(1)).toBeGreaterThan(160);
    expect(kerb(-1)).toBe(320 - kerb(1));
  });
});
