import { useStats } from '../api/queries.ts';
import styles from './success-chart.module.css';
import { successRate } from './success-rate.ts';

const height = 24;
const barWidth = 4;

/** The success rate of an endpoint's last 24 hours: a number, and a bar for each hour. */
export function SuccessChart({ endpointId }: { readonly endpointId: string }) {
  const { data } = useStats(endpointId);
  if (!data) return <span className={styles.empty}>–</span>;
  const { attempts, percent, bars } = successRate(data.hours);
  if (percent === null) return <span className={styles.empty}>No attempts</span>;
  const label = `${percent} % of ${attempts} attempts succeeded in the last 24 hours`;
  return (
    <span className={styles.chart} title={label}>
      <svg role="img" aria-label={label} width={bars.length * barWidth} height={height} viewBox={`0 0 ${bars.length * barWidth} ${height}`}>
        {bars.map(({ good, bad }, index) => {
          const [x, goodHeight, badHeight] = [index * barWidth, good * height, bad * height];
          return (
            <g key={index}>
              <rect x={x} y={height - 1} width={barWidth - 1} height={1} className={styles.none} />
              <rect x={x} y={height - goodHeight} width={barWidth - 1} height={goodHeight} className={styles.good} />
              <rect x={x} y={height - goodHeight - badHeight} width={barWidth - 1} height={badHeight} className={styles.bad} />
            </g>
          );
        })}
      </svg>
      <span aria-hidden="true">{percent} %</span>
    </span>
  );
}
