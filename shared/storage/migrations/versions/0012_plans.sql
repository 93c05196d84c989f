-- What the workshop does between two moments, as three lists. Whoever asks says where its days are cut.
CREATE FUNCTION plans_between(first timestamptz, last timestamptz, first_day date, last_day date, without bigint[])
RETURNS TABLE (booked json, staff_events json, closures json) LANGUAGE sql STABLE AS $$
    SELECT
        (SELECT coalesce(json_agg(json_build_array(a.bay, a.starts_at, a.ends_at, s.skill, a.mode)), '[]')
         FROM appointments a JOIN services s ON s.code = a.service
         WHERE a.starts_at >= first AND a.starts_at < last AND a.status IN ('booked', 'confirmed', 'completed')
             AND a.id <> ALL (without)),
        (SELECT coalesce(json_agg(json_build_array(e.starts_at, e.ends_at)), '[]')
         FROM staff_events e WHERE e.ends_at > first AND e.starts_at < last),
        (SELECT coalesce(json_agg(json_build_array(c.day, c.reason)), '[]')
         FROM closures c WHERE c.day BETWEEN first_day AND last_day)
$$;

-- The same under the days' locks, taken in order so that nobody waits in a circle. Each statement of a function that is
-- volatile sees what was committed until it began, and so what those wrote who held the locks before.
CREATE FUNCTION locked_plans(
    locked date[], first timestamptz, last timestamptz, first_day date, last_day date, without bigint[])
RETURNS TABLE (booked json, staff_events json, closures json) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    day date;
BEGIN
    FOR day IN SELECT DISTINCT d FROM unnest(locked) d ORDER BY d LOOP
        PERFORM pg_advisory_xact_lock(hashtextextended('bookings of ' || to_char(day, 'YYYY-MM-DD'), 0));
    END LOOP;
    RETURN QUERY SELECT * FROM plans_between(first, last, first_day, last_day, without);
END $$;
