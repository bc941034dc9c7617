-- Five roots with nine children each.

INSERT INTO categories (category_id, name, parent_category_id)
SELECT root, name[1], NULL::integer
FROM (VALUES
  (1, '{Electronics}'::text[]), (2, '{Home & Garden}'), (3, '{Clothing}'), (4, '{Sports & Outdoors}'), (5, '{Books & Media}')
) AS roots (root, name)
UNION ALL
SELECT 5 + (root - 1) * 9 + place, name, root
FROM (VALUES
  (1, '{Headphones,Laptops,Cameras,Phones,Monitors,Keyboards,Speakers,Watches,Chargers}'::text[]),
  (2, '{Lamps,Cookware,Bedding,Chairs,Tables,Planters,Rugs,Curtains,Tools}'),
  (3, '{Shirts,Jackets,Trousers,Dresses,Shoes,Hats,Scarves,Socks,Bags}'),
  (4, '{Bicycles,Tents,Backpacks,Skis,Balls,Gloves,Helmets,Kayaks,Boots}'),
  (5, '{Novels,Comics,Cookbooks,Atlases,Records,Games,Puzzles,Posters,Magazines}')
) AS children (root, names), unnest(names) WITH ORDINALITY AS child (name, place)
ORDER BY 1;
