/** A drawn photo of a broken display fridge, for trying the story without a picture at hand. */

const W = 960;
const H = 720;

function room(ctx) {
  const wall = ctx.createLinearGradient(0, 0, 0, H);
  wall.addColorStop(0, "#dfe6ea");
  wall.addColorStop(1, "#b9c4cb");
  ctx.fillStyle = wall;
  ctx.fillRect(0, 0, W, H);
  ctx.fillStyle = "#8d8478";
  ctx.fillRect(0, 560, W, 160);
  ctx.strokeStyle = "rgba(0,0,0,.12)";
  for (let x = -400; x < W + 400; x += 120) {
    ctx.beginPath();
    ctx.moveTo(x + 240, 560);
    ctx.lineTo(x, H);
    ctx.stroke();
  }
}

function fridge(ctx, warm) {
  ctx.fillStyle = "#f4f7f9";
  ctx.fillRect(220, 70, 520, 530);
  ctx.fillStyle = "#20394f";
  ctx.fillRect(220, 70, 520, 66);
  const glass = ctx.createLinearGradient(240, 150, 720, 560);
  glass.addColorStop(0, "#bfe3f2");
  glass.addColorStop(1, "#7fb2c9");
  ctx.fillStyle = glass;
  ctx.fillRect(244, 150, 472, 400);
  const colours = ["#d9534f", "#f0ad4e", "#5cb85c", "#4a7fe0", "#8f6bd8", "#e9e3d5"];
  for (let shelf = 0; shelf < 4; shelf += 1) {
    const y = 240 + shelf * 98;
    for (let i = 0; i < 11; i += 1) {
      ctx.fillStyle = colours[(i * 5 + shelf * 3) % colours.length];
      const tall = 44 + ((i * 7 + shelf * 5) % 4) * 7;
      ctx.fillRect(262 + i * 41, y - tall, 28, tall);
    }
    ctx.fillStyle = "#e8f1f5";
    ctx.fillRect(250, y, 460, 6);
  }
  ctx.fillStyle = "#111";
  ctx.fillRect(590, 84, 130, 40);
  ctx.fillStyle = "#ff4d3d";
  ctx.font = "bold 30px monospace";
  ctx.fillText(`+${warm}.4°`, 604, 115);
}

function water(ctx) {
  ctx.fillStyle = "rgba(120,170,200,.55)";
  ctx.beginPath();
  ctx.ellipse(430, 632, 230, 34, 0, 0, 7);
  ctx.fill();
  ctx.fillStyle = "rgba(255,255,255,.5)";
  ctx.beginPath();
  ctx.ellipse(380, 624, 70, 8, -0.1, 0, 7);
  ctx.fill();
}

/** A JPEG file; no two are alike, as with real photos. */
export function samplePhoto() {
  const canvas = document.createElement("canvas");
  canvas.width = W;
  canvas.height = H;
  const ctx = canvas.getContext("2d");
  room(ctx);
  fridge(ctx, 9 + Math.floor(Math.random() * 9));
  water(ctx);
  ctx.globalAlpha = 0.06;
  for (let i = 0; i < 3000; i += 1) {
    ctx.fillStyle = i % 2 ? "#000" : "#fff";
    ctx.fillRect(Math.random() * W, Math.random() * H, 2, 2);
  }
  return new Promise((resolve) =>
    canvas.toBlob((blob) => resolve(new File([blob], "fridge.jpg", { type: "image/jpeg" })), "image/jpeg", 0.88),
  );
}
