-- Customers first_customer … last_customer, in the order in which they came. Each has at least one order that was not
-- cancelled: the first, on first_purchase_date. They had signed up up to three weeks before.

INSERT INTO customers (customer_id, email, created_at, first_purchase_date, country, segment)
SELECT customer_id,
       ('{ada,alan,amir,ana,ben,carla,chen,dora,eli,emma,farid,fatou,finn,grace,hana,hugo,ines,ivan,jana,jonas,kofi,lea,liam,lina,luca,maya,mei,milo,nora,omar,rosa,yuki}'
         ::text[])[(bits & 31) + 1]
       || '.' ||
       ('{adams,bauer,costa,diaz,dubois,ek,fischer,garcia,haas,ito,jansen,kaya,khan,kim,lang,lopez,meyer,moreau,nagy,novak,okafor,olsen,park,petit,rossi,santos,sato,silva,singh,smith,vos,weber}'
         ::text[])[(bits >> 5 & 31) + 1]
       || customer_id || '@example.com',
       first_purchase::date - floor(1 + 86400 * 20 * power(demo.uniform(bits, 10), 4)) * interval '1 second',
       first_purchase::date,
       ('{US,US,US,US,US,DE,DE,DE,GB,GB,FR,FR,NL,ES,IT,SE}'::char(2)[])[(bits >> 34 & 15) + 1],
       ('{consumer,consumer,consumer,consumer,consumer,business,business,corporate}'::varchar[])[(bits >> 38 & 7) + 1]
FROM (
  SELECT customer_id, demo.bits(customer_id, 5) AS bits,
         demo.moment(demo.season(demo.trend(
           CASE
             WHEN demo.arrived(about - 1) >= customer_id THEN about - 1
             WHEN demo.arrived(about) >= customer_id THEN about
             ELSE about + 1
           END))) AS first_purchase
  FROM (
    SELECT customer_id, demo.about_first_order(customer_id) AS about
    FROM generate_series(:first_customer::bigint, :last_customer) AS customer_id
    OFFSET 0
  ) AS coming
  OFFSET 0
) AS come;
