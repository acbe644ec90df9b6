/** The report's own style; nothing comes from outside. */
export const REPORT_STYLE = `
:root { color-scheme: light dark; --page: light-dark(#fbfaf7, #14161a); --card: light-dark(#ffffff, #1c1f25); --text: light-dark(#1d2127, #e6e8eb); --quiet: light-dark(#5a626d, #a3abb6); --line: light-dark(#dfe1e4, #343942); --land: light-dark(#e4e2da, #30353d); --sea: light-dark(#f2f5f7, #181b20);
--blend: light-dark(#1756b0, #7fb1ff); --retrieval: light-dark(#b8500b, #ff9f5f); --captions: light-dark(#0c736a, #4ed0bf); --t0: light-dark(#7a35c9, #c6a4ff); --t1: light-dark(#8a6a00, #e4c449); --t2: light-dark(#a3246f, #ff8cc6); --t3: light-dark(#566270, #a9b5c3);
--e0: light-dark(#0c736a, #4ed0bf); --e1: light-dark(#1756b0, #7fb1ff); --e2: light-dark(#a96500, #f0b54a); --e3: light-dark(#bb1f2a, #ff7b7b); }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
header, main, footer { max-width: 76rem; margin: 0 auto; padding: 0 1rem; }
header { padding-top: 2rem; } footer { padding-bottom: 3rem; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .3rem; text-wrap: balance; overflow-wrap: anywhere; } h2 { font-size: 1.2rem; margin: 2.6rem 0 .7rem; } h3 { font-size: 1rem; margin: 0 0 .4rem; } article h3 { font-size: .88rem; margin: .6rem 0 .1rem; overflow-wrap: anywhere; }
p { margin: .3rem 0; max-width: 70ch; } .quiet, figcaption, caption, small, footer { color: var(--quiet); }
.key { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .8rem; margin: 1.4rem 0 0; padding: 0; }
.key div { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .8rem 1rem; }
.key dt { color: var(--quiet); font-size: .85rem; } .key dd { margin: 0; font-size: 1.5rem; font-variant-numeric: tabular-nums; } .key small { display: block; font-size: .8rem; }
.scroll { overflow-x: auto; } .scroll + .scroll, .figures + .scroll, .scroll + .figures { margin-top: 1.6rem; } .scroll:focus-visible, summary:focus-visible { outline: 2px solid var(--blend); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; font-variant-numeric: tabular-nums; } caption { text-align: left; padding-bottom: .4rem; font-size: .9rem; max-width: min(80ch, 100vw - 2rem); }
th, td { text-align: right; vertical-align: top; padding: .35rem 0 .35rem .9rem; border-top: 1px solid var(--line); white-space: nowrap; font-weight: 400; }
th:first-child { text-align: left; padding-left: 0; } thead th { color: var(--quiet); border-top: 0; font-size: .85rem; } th[scope=row] { font-weight: 600; white-space: normal; min-width: 8rem; max-width: 16rem; overflow-wrap: anywhere; } .quiet th[scope=row] { font-weight: 400; }
small { display: block; font-size: .76rem; line-height: 1.3; } th small { font-weight: 400; } .main { background: color-mix(in srgb, var(--blend) 9%, transparent); } tbody.quiet td, tbody.quiet th { color: var(--quiet); } th[scope=rowgroup] { padding-top: 1rem; font-size: .82rem; }
.gain { color: var(--e0); font-weight: 600; } .loss { color: var(--e3); font-weight: 600; } .gain small, .loss small { font-weight: 400; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1rem; }
figure { margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 1rem; min-width: 0; } figure.wide, .figures + figure, figure:has(.map) { margin-top: 1rem; } figure svg { display: block; width: 100%; height: auto; } figcaption { font-size: .88rem; margin-top: .3rem; max-width: 70ch; } details { margin-top: .5rem; font-size: .9rem; } summary { cursor: pointer; color: var(--quiet); }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1rem; font-size: .86rem; margin: 0 0 .3rem; } .legend span { white-space: nowrap; } figure .legend svg { display: inline-block; width: 1.7rem; height: .65rem; margin-right: .35rem; } figure .legend svg[class] { width: .65rem; }
.grid { stroke: var(--line); fill: none; } .guide { stroke: var(--quiet); stroke-dasharray: 3 4; fill: none; } .tick { font-size: 12px; fill: var(--quiet); } .axis { font-size: 12.5px; fill: var(--text); }
.line { fill: none; stroke: currentColor; stroke-width: 2.2; stroke-linejoin: round; } .whisker { stroke: currentColor; stroke-width: 1.6; } circle { fill: currentColor; }
.tone-blend { color: var(--blend); } .tone-retrieval { color: var(--retrieval); stroke-dasharray: 7 3; } .tone-captions { color: var(--captions); stroke-dasharray: 2 3; } .tone-0 { color: var(--t0); stroke-dasharray: 9 3 2 3; } .tone-1 { color: var(--t1); stroke-dasharray: 4 2; } .tone-2 { color: var(--t2); stroke-dasharray: 12 4; } .tone-3 { color: var(--t3); stroke-dasharray: 1 2; } g[class] { stroke-dasharray: none; }
.map { min-width: 40rem; } .globe { fill: var(--sea); stroke: var(--line); } .land { fill: var(--land); } .border { fill: none; stroke: var(--sea); stroke-width: .8; vector-effect: non-scaling-stroke; } .way { fill: none; stroke: currentColor; stroke-width: 1; opacity: .45; vector-effect: non-scaling-stroke; } .map circle { stroke: var(--sea); stroke-width: .6; opacity: .9; }
.error-0 { color: var(--e0); } .error-1 { color: var(--e1); } .error-2 { color: var(--e2); } .error-3 { color: var(--e3); }
.cases { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 22rem), 1fr)); gap: 1rem; } article { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .8rem; font-size: .86rem; min-width: 0; overflow-wrap: anywhere; } .picture { display: grid; place-items: center; height: 13rem; background: var(--sea); border-radius: 4px; overflow: hidden; } .picture img { width: 100%; height: 13rem; object-fit: contain; } .alike { list-style: none; padding: 0 !important; } .alike li { display: flex; gap: .6rem; align-items: center; padding: .15rem 0; } .alike img { width: 4.5rem; height: 3.2rem; object-fit: cover; border-radius: 3px; flex: none; } .missing { color: var(--quiet); }
dl:not(.key) { display: grid; grid-template-columns: auto 1fr; gap: 0 .7rem; margin: .3rem 0; } article dt { color: var(--quiet); } article dd { margin: 0; } article ul { margin: 0; padding-left: 1.1rem; }
@media (max-width: 40rem) { figure { padding: .8rem; } .tick, .axis { font-size: 17px; } .key dd { font-size: 1.25rem; } }
@media print { body { background: #fff; } details { display: none; } figure, article { break-inside: avoid; } }
`;
