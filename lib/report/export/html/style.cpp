#include "report/export/html/style.h"

namespace vernier::exports {

std::string_view style_sheet() noexcept {
  return R"css(
:root{color-scheme:light dark;--bg:#f5f6f8;--card:#fff;--ink:#1a1f27;--dim:#545d6b;--rule:#dde1e7;--grid:#e8ebef;
--accent:#0b57b0;--ok:#17693a;--ok-bg:#e2f4e8;--bad:#a81b1b;--bad-bg:#fde7e6;--warn:#7a4b00;--warn-bg:#fdf0d2;--flat:#45505f;--flat-bg:#e9ecf0;--band:#dfe6f0;
--s0:#0b62c4;--s1:#c2410c;--s2:#15803d;--s3:#9333c4;--s4:#0e7490;--s5:#be123c;--s6:#7a6200;--s7:#4b5563}
@media (prefers-color-scheme:dark){:root{--bg:#0e1217;--card:#171c24;--ink:#e7eaf0;--dim:#a3adbb;--rule:#2c3440;--grid:#252c37;
--accent:#7db8ff;--ok:#7fdc9f;--ok-bg:#12301e;--bad:#ff9d97;--bad-bg:#3d1917;--warn:#f5c76b;--warn-bg:#362a0e;--flat:#c0c8d4;--flat-bg:#28303b;--band:#2a3547;
--s0:#6cb2ff;--s1:#ff9a5c;--s2:#5fd38d;--s3:#d69bff;--s4:#38c6dd;--s5:#ff7d95;--s6:#e6c84f;--s7:#c3cad6}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans","DejaVu Sans",sans-serif}
main,header,footer{max-width:1280px;margin:0 auto;padding:0 20px}
header{padding-top:28px;padding-bottom:4px}
h1{font-size:1.6rem;line-height:1.25;margin:2px 0 8px;overflow-wrap:anywhere}
h2{font-size:1.12rem;margin:0 0 12px}
h3{font-size:.98rem;margin:0 0 8px}
.kicker{margin:0;color:var(--dim);font-size:.82rem;letter-spacing:.06em;text-transform:uppercase}
.facts{display:flex;flex-wrap:wrap;gap:4px 20px;margin:0;padding:0;list-style:none;color:var(--dim)}
.facts bdi{color:var(--ink)}
section{background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:18px 20px;margin:16px 0}
.banner{border-left:4px solid var(--warn);background:var(--warn-bg);color:var(--warn)}
.banner p{margin:0}
.banner.invalid{border-left-color:var(--bad);background:var(--bad-bg);color:var(--bad)}
.dim,.note,figcaption{color:var(--dim)}
.note,figcaption{font-size:.87rem;margin:6px 0 0}
bdi{overflow-wrap:anywhere}
.badge,.verdict{display:inline-block;border-radius:999px;padding:1px 11px;font-size:.84rem;font-weight:600;white-space:nowrap}
.badge.ok,.verdict.v-faster{background:var(--ok-bg);color:var(--ok)}
.badge.suspect,.verdict.v-inconclusive,.verdict.v-not_comparable{background:var(--warn-bg);color:var(--warn)}
.badge.invalid,.verdict.v-slower,.verdict.v-disagrees{background:var(--bad-bg);color:var(--bad)}
.verdict.v-equivalent,.verdict.v-noise{background:var(--flat-bg);color:var(--flat)}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:7px 18px 7px 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--rule)}
thead th{color:var(--dim);font-weight:600;font-size:.84rem;border-bottom-width:2px;vertical-align:bottom}
tbody tr:last-child>*{border-bottom:0}
tbody th{font-weight:600}
.num{text-align:right;white-space:nowrap}
.ci{color:var(--dim);font-size:.84rem;display:block;white-space:nowrap}
.sw{display:inline-block;width:10px;height:10px;border-radius:3px;margin-right:7px;background:currentColor}
.figs{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,480px),1fr));gap:16px;margin:16px 0}
figure{background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:18px 20px;margin:0;min-width:0}
svg{display:block;overflow:visible}
svg.plot{width:100%;height:auto}
svg.narrow{display:none}
svg text{font-size:12px;fill:var(--dim)}
svg .axis{fill:var(--ink)}
.grid{stroke:var(--grid);fill:none}
.frame{stroke:var(--dim);fill:none}
.line{fill:none;stroke-width:2;stroke-linejoin:round}
.dots{fill:none;stroke-width:2.8;stroke-linecap:round;opacity:.42}
.above,.mark{stroke:none}
.s0{stroke:var(--s0);color:var(--s0)}.s1{stroke:var(--s1);color:var(--s1)}.s2{stroke:var(--s2);color:var(--s2)}.s3{stroke:var(--s3);color:var(--s3)}
.s4{stroke:var(--s4);color:var(--s4)}.s5{stroke:var(--s5);color:var(--s5)}.s6{stroke:var(--s6);color:var(--s6)}.s7{stroke:var(--s7);color:var(--s7)}
.line.s1,.line.s5{stroke-dasharray:7 2}.line.s2,.line.s6{stroke-dasharray:3 2}.line.s3,.line.s7{stroke-dasharray:9 3 2 3}
.above,.mark{fill:currentColor}
.legend{display:flex;flex-wrap:wrap;gap:3px 18px;list-style:none;margin:6px 0 0;padding:0;font-size:.9rem}
.legend li{display:flex;gap:7px;align-items:baseline;min-width:0}
.key{width:26px;height:10px;flex:none}
.fr,.fr-axis{display:grid;grid-template-columns:minmax(180px,1.3fr) minmax(240px,2.2fr) 212px;column-gap:18px;align-items:center}
.fr{padding:9px 0;border-top:1px solid var(--rule)}
.fr:first-child{border-top:0;padding-top:0}
.fr-head{display:flex;flex-wrap:wrap;gap:2px 10px;align-items:baseline;min-width:0}
.fr-name{font-weight:600;min-width:0}
.fr-num{font-variant-numeric:tabular-nums;text-align:right;white-space:nowrap}
.fr-note{grid-column:1/-1}
.strip{width:100%;height:34px}
.fr-axis .strip{height:20px}
.fr-axis>*{grid-column:2}
.ends{display:flex;justify-content:space-between;gap:12px;color:var(--dim);font-size:.84rem}
.band{fill:var(--band)}
.one{stroke:var(--dim);stroke-width:1.5}
line.ci{stroke-width:2.5;stroke:var(--flat)}
.point{fill:var(--flat)}
line.v-faster{stroke:var(--ok)}.point.v-faster{fill:var(--ok)}
line.v-slower,line.v-disagrees{stroke:var(--bad)}.point.v-slower,.point.v-disagrees{fill:var(--bad)}
line.v-inconclusive,line.v-not_comparable{stroke:var(--warn)}.point.v-inconclusive,.point.v-not_comparable{fill:var(--warn)}
dl{display:grid;grid-template-columns:minmax(120px,max-content) 1fr;gap:4px 18px;margin:0}
dt{color:var(--dim)}
dd{margin:0;min-width:0;overflow-wrap:anywhere}
code{font:0.92em ui-monospace,"DejaVu Sans Mono","Liberation Mono",monospace;overflow-wrap:anywhere}
details>summary{cursor:pointer;font-weight:600;padding:2px 0}
details[open]>summary{margin-bottom:10px}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
footer{color:var(--dim);font-size:.87rem;padding-bottom:32px}
@media (max-width:700px){
main,header,footer{padding-left:12px;padding-right:12px}
section,figure{padding:14px}
h1{font-size:1.3rem}
svg.wide{display:none}svg.narrow{display:block}
.fr,.fr-axis{grid-template-columns:minmax(0,1fr)}.fr-axis>*{grid-column:1}
.fr-num{text-align:left;white-space:normal}
.cards thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.cards,.cards tbody,.cards tr,.cards th,.cards td{display:block}
.cards tr{border-bottom:1px solid var(--rule);padding:8px 0}
.cards tr:last-child{border-bottom:0}
.cards th,.cards td{border:0;padding:2px 0}
.cards td{display:flex;justify-content:space-between;gap:14px;text-align:right}
.cards td::before{content:attr(data-label);color:var(--dim);flex:none}
.cards td>span{min-width:0}
.cards td.empty{display:none}
dl{grid-template-columns:minmax(0,1fr)}dt{margin-top:6px}
}
@media print{body{background:#fff}section,figure{break-inside:avoid}}
)css";
}

}  // namespace vernier::exports
